"""What a signed-in person's token may show: the conditions that limit each resource to a view.

`%(own)s`, `%(in_view)s`, `%(units)s` and `%(me)s` are the parts of `app.queries.access.View`. For
systems, which have none, every condition is TRUE. Everything here is for one day at a time: a
group counts while the pupil is in it, an activity while the teacher teaches it.
"""

from app.queries.resource import Render

TODAY = "%(today)s::date"


def _mine(person: str) -> str:
    """It is the signed-in person's, whose work this app may know of."""
    return f"{person} = %(me)s AND {person} = ANY(%(own)s)"


def _covers(alias: str, day: str) -> str:
    return (
        f"coalesce({alias}.start_date, '-infinity') <= {day} "
        f"AND coalesce({alias}.end_date, 'infinity') >= {day}"
    )


def _own_in_group(group: str, day: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM group_membership mine WHERE mine.group_id = {group} "
        f"AND mine.person_id = ANY(%(own)s) AND {_covers('mine', day)})"
    )


def _own_in_activity(activity: str, day: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM activity_group theirs WHERE theirs.activity_id = {activity} "
        f"AND {_own_in_group('theirs.group_id', day)})"
    )


def _taught(activity: str, day: str) -> str:
    return (
        "EXISTS (SELECT 1 FROM activity_teacher lead JOIN duty mine ON mine.id = lead.duty_id "
        f"WHERE lead.activity_id = {activity} AND {_mine('mine.person_id')} "
        f"AND {_covers('lead', day)} AND {_covers('mine', day)})"
    )


def stands_in(a: str) -> str:
    """A lesson that an exception has one teach, such as for a colleague who is ill."""
    return (
        f"{a}.has_exceptions AND EXISTS (SELECT 1 FROM teacher_exception stand "
        "JOIN duty mine ON mine.id = stand.duty_id "
        f"WHERE stand.event_id = {a}.id AND stand.event_start = {a}.start_time "
        f"AND stand.participates AND {_mine('mine.person_id')} "
        f"AND {_covers('mine', f'{a}.start_time::date')})"
    )


def _of(render: Render, *any_of: str) -> str:
    return f"({' OR '.join(any_of)})" if render.shape.personal else "TRUE"


def about(render: Render, person: str, unit: str) -> str:
    """A row about one person: one's own, or anyone's in view at a unit that one heads."""
    headed = f"{unit} = ANY(%(units)s) AND {person} = ANY(%(in_view)s)"
    return _of(render, f"{person} = ANY(%(own)s)", headed)


def attendance(render: Render, a: str) -> str:
    """As `about`, and anyone's in view at a lesson of one's own teaching."""
    student, day = f"{a}.student_id", f"{a}.event_start::date"
    taught = f"{student} = ANY(%(in_view)s) AND {_taught(f'{a}.activity_id', day)}"
    return _of(render, about(render, student, f"{a}.school_unit_id"), taught)


def lesson(render: Render, a: str) -> str:
    """A lesson that someone of one's own takes part in, that one teaches, or of one's unit."""
    day = f"{a}.start_time::date"
    excepted = (
        f"{a}.has_exceptions AND EXISTS (SELECT 1 FROM student_exception mine "
        f"WHERE mine.event_id = {a}.id AND mine.event_start = {a}.start_time "
        "AND mine.person_id = ANY(%(own)s))"
    )
    return _of(
        render,
        _own_in_activity(f"{a}.activity_id", day),
        excepted,
        stands_in(a),
        _taught(f"{a}.activity_id", day),
        f"{a}.school_unit_id = ANY(%(units)s)",
    )


def led(a: str) -> str:
    """A lesson of one's own teaching, a substitute's too, or of a unit that one heads."""
    taught = _taught(f"{a}.activity_id", f"{a}.start_time::date")
    return f"({taught} OR {stands_in(a)} OR {a}.school_unit_id = ANY(%(units)s))"


def activity(render: Render, a: str) -> str:
    """An activity that someone of one's own takes part in today, that one teaches, or heads."""
    return _of(
        render,
        _own_in_activity(f"{a}.id", TODAY),
        _taught(f"{a}.id", TODAY),
        f"{a}.organisation_id = ANY(%(units)s)",
    )


def group(render: Render, a: str) -> str:
    """A group that someone of one's own is in, that one teaches or has charge of, or heads."""
    charged = (
        "EXISTS (SELECT 1 FROM assignment_role role JOIN duty mine ON mine.id = role.duty_id "
        f"WHERE role.group_id = {a}.id AND {_mine('mine.person_id')} "
        f"AND {_covers('role', TODAY)} AND {_covers('mine', TODAY)})"
    )
    taught = (
        f"EXISTS (SELECT 1 FROM activity_group theirs WHERE theirs.group_id = {a}.id "
        f"AND {_taught('theirs.activity_id', TODAY)})"
    )
    headed = f"{a}.organisation_id = ANY(%(units)s)"
    return _of(render, _own_in_group(f"{a}.id", TODAY), charged, taught, headed)


def duty(render: Render, a: str) -> str:
    """One's own duty, one that teaches or has charge of someone of one's own, or of one's unit."""
    teaches = (
        f"EXISTS (SELECT 1 FROM activity_teacher lead WHERE lead.duty_id = {a}.id "
        f"AND {_covers('lead', TODAY)} AND {_own_in_activity('lead.activity_id', TODAY)})"
    )
    charged = (
        f"EXISTS (SELECT 1 FROM assignment_role role WHERE role.duty_id = {a}.id "
        f"AND {_covers('role', TODAY)} AND {_own_in_group('role.group_id', TODAY)})"
    )
    headed = f"{a}.organisation_id = ANY(%(units)s)"
    return _of(render, f"({_mine(f'{a}.person_id')})", teaches, charged, headed)
