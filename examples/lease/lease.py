"""A flag that holds only while somebody watches: see README.md in this folder."""

import re
import time
from datetime import datetime

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def percent_in_force(enabled, percent, expires, now=None):
    """The percentage of users to expose now; 0 unless the flag is on and its lease has not ended.

    The values are texts as they were read, or None; now is in seconds since 1970.
    """
    if str(enabled).strip().lower() != "true":
        return 0.0
    try:
        share = float(percent)
    except (TypeError, ValueError):
        return 0.0
    if not 0 < share <= 100:
        return 0.0
    return share if _end_of(expires) > (time.time() if now is None else now) else 0.0


def _end_of(expires):
    """Seconds since 1970; a text that is no time has ended."""
    text = str("" if expires is None else expires).strip()
    if re.fullmatch(r"[0-9]{1,12}", text):
        return float(text)
    if not _TIME.fullmatch(text):
        return 0.0
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
