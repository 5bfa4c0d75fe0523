"""The loop that one would write first in Python: json.loads per line, counts by minute and arm, all durations for p95."""
import json
import math
import sys

cells = {}
durations = {"treatment": [], "control": []}
with open(sys.argv[1]) as lines:
    for line in lines:
        record = json.loads(line)
        if "event_type" in record:
            continue
        arm = "control" if record["execution_type"] == "sync" else "treatment"
        durations[arm].append(record["duration_ms"])
        cell = cells.setdefault((arm, record["timestamp"][:16]), [0, 0])
        cell[0] += 1
        if record["success"] and not record["fallback_used"]:
            cell[1] += 1
total = {"treatment": 0, "good": 0, "control": 0}
for (arm, _), (n, good) in cells.items():
    total[arm] += n
    if arm == "treatment":
        total["good"] += good
for values in durations.values():
    values.sort()
p95 = {arm: values[math.ceil(len(values) * 0.95) - 1] for arm, values in durations.items() if values}
print(json.dumps({**total, "p95": p95}))
