"""Label files of other tools: read, whatever wrote them, and written so that these read them."""

from console.export.labelling.given import Bad, Entries, Given
from console.export.labelling.names import Wanted
from console.export.labelling.reading import LABEL_FILE_FORMATS, LabelFileFormat, read_label_file
from console.export.labelling.saying import said_now

__all__ = [
    "LABEL_FILE_FORMATS",
    "Bad",
    "Entries",
    "Given",
    "LabelFileFormat",
    "Wanted",
    "read_label_file",
    "said_now",
]
