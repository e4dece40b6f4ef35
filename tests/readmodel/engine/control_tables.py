"""Every table beside the read model: importing the modules that define them fills their metadata."""

from operational import moderation_tables
from operational import tables as operational_tables
from readmodel.engine.schema import control_metadata
from readmodel.generations import tables as generation_tables

MODULES = (operational_tables, moderation_tables, generation_tables)
CONTROL_METADATA = control_metadata
