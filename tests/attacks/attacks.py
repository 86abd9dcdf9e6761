"""What the attacks share: the clients of tests/e2e, and servers without the limits that would hide things."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

# 429 is what an attacker should meet. Here it would only hide what lies behind it.
UNLIMITED = {
    "limits": {
        "sends_per_second": 0,
        "groups_per_hour": 0,
        "members_per_hour": 0,
        "logins_per_second": 0,
        "refreshes_per_second": 0,
        "devices_per_user": 100_000,
    }
}
