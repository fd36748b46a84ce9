"""Structured logs: one JSON object a line, on standard error. Events, not sentences."""

import json
import logging
import sys
from datetime import UTC, datetime

STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """Renders a record with whatever `extra` it was given."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON; control characters are escaped, so that no value can forge a line."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in STANDARD},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure_logs(level: str) -> None:
    """Send everything to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Authlib logs tokens at DEBUG.
    for name in ("authlib", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level)))
