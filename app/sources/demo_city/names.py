"""Names that are common in Sweden, for people, places and schools that do not exist."""

BOYS = (
    "Noah William Hugo Lucas Liam Oliver Elias Adam Oscar Nils Ludvig Leo Vincent Axel Theo Arvid "
    "Alexander Isak Åke Östen Gustav Viggo Ali Omar Yusuf Mohamed Ahmad Mateusz Dawid Amir Sami "
    "André René Björn Göran Måns Loke Sixten Wilmer Edvin Melker Love Valter Ture Frans Malte"
).split()
GIRLS = (
    "Alice Maja Vera Alma Selma Elsa Lilly Astrid Wilma Freja Olivia Saga Ines Ella Agnes Signe "
    "Ebba Clara Stella Edith Märta Åsa Örjana Lea Zahra Amina Fatima Maryam Leila Nour Zuzanna "
    "Hanna Désirée Zoé Linnéa Tuva Ellen Juni Ronja Meja Iris Leia Moa Tyra Siri Nova Majken Livia"
).split()
FAMILIES = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson "
    "Pettersson Jonsson Jansson Hansson Bengtsson Jönsson Lindberg Jakobsson Magnusson Lindström "
    "Olofsson Lindqvist Lindgren Berg Axelsson Bergström Lundberg Lind Lundgren Lundqvist Mattsson "
    "Berglund Fredriksson Sandberg Henriksson Forsberg Sjöberg Wallin Engström Eklund Danielsson "
    "Lundin Håkansson Björk Bergman Gunnarsson Holm Wikström Samuelsson Isaksson Fransson Åberg "
    "Öberg Ågren Åström Östlund Öhman Ek Älvgren Ängström Wahlström Viklund Waldén Hassan Ali "
    "Ahmed Mohamed Hussein Khalil Haddad Kowalski Nowak Virtanen Korhonen Nguyen Yilmaz Petrović"
).split()
STREETS = (
    "Storgatan Skolgatan Björkvägen Ringvägen Kyrkogatan Åkervägen Ängsvägen Östra_Långgatan "
    "Rönnvägen Granvägen Tallvägen Lärkvägen Parkgatan Trädgårdsgatan Nygatan Järnvägsgatan "
    "Sjövägen Hagavägen Västra_Kyrkogatan Lindvägen Kvarngatan Smedjegatan Solvägen Syrenvägen"
).split()
DISTRICTS = (
    "Norrby Söderhaga Östermalm Västerängen Ängslunda Åkerby Björkhagen Centrum Dalby Ekbacken "
    "Fridhem Granlund Hagalund Industrihamnen Järnvägen Kvarnbyn Lindängen Marieberg Nyhem "
    "Orrholmen Parkstaden Ringby Strandnäs Tallbacken Ulriksdal Vallen Åsen Öster"
).split()
PRESCHOOLS = (
    "Blåklockan Smultronet Kastanjen Solstrålen Äppelgården Pusselbiten Regnbågen Vitsippan "
    "Ekorren Nyckelpigan Igelkotten Myran Trollet Linden Åkerbäret Ödlan Masken Gläntan Fjärilen "
    "Kotten Lönnen Tummelisa Duvan Skogsbacken"
).split()
SCHOOLS = (
    "Ängs Björk Kyrk Norra_ Södra_ Östra_ Västra_ Park Lind Hamn Ås Slotts Rönn Sjö Kvarn "
    "Höjd Ek Strand"
).split()
DEPARTMENTS = "Grodan Humlan Igelkotten Ugglan Räven Björnen Ekorren Haren Lodjuret Svanen".split()


def pick(names: list[str] | tuple[str, ...], number: int) -> str:
    """The name of that number; a second round through the list gets a number of its own."""
    again, place = divmod(number, len(names))
    return names[place].replace("_", " ") + (f" {again + 1}" if again else "")
