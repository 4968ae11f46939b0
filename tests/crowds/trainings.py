"""What a crowd trains, and what its trainings have printed."""

from convcore.config import preset
from lab.store import Store

CONFIG = preset("first-steps").changed({"epochs": 60})


def logs(store: Store) -> str:
    """Return what all trainings of the lab have printed."""
    folder = store.settings.mlruns / "logs"
    return "\n".join(path.read_text() for path in sorted(folder.glob("*.log")))
