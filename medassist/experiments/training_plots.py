"""The pictures of a fine-tuning, from the files in its model folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_all(folder: Path) -> Mapping[str, "Figure"]:
    """Draw what there is to show of a training, by name."""
    return {}
