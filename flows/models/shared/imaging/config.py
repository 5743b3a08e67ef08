"""What the flow says to a model: its `config`, written to /config/config.yaml by raddeploy."""

from pathlib import Path

import yaml


def read(path="/config/config.yaml"):
    """The configuration; empty where the flow has none."""
    file = Path(path)
    return yaml.safe_load(file.read_text()) or {} if file.exists() else {}
