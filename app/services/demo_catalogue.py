"""The demonstration's service catalogue, which comes with the program."""

from datetime import datetime
from pathlib import Path

from sqlmodel import Session, select

from app.models.catalogue import CatalogueRecord
from app.services.catalogue.editing import Editor, begin_edit
from app.services.catalogue.importing import import_catalogue
from app.services.catalogue.yaml_files import read_yaml

FILE = Path(__file__).with_suffix(".yaml")


def load_demo_catalogue(session: Session, *, now: datetime) -> None:
    """Import and publish it, unless there is a catalogue."""
    edit = begin_edit(session, Editor("demo", frozenset()), now=now)
    if session.exec(select(CatalogueRecord.id).limit(1)).first() is None:
        import_catalogue(edit, read_yaml(FILE.read_bytes()), publish=True, replace=False)
