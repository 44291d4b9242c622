"""The steps of a migration taken together, so that setting up a database takes seconds."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


def one_step(operations: Sequence[Operation]) -> list[Operation]:
    """For a migration: `operations = one_step([…])`."""
    return [OneStep(operations)]


class OneStep(Operation):
    """Do the operations of a migration knowing how the models look after all of them.

    After each single operation Django rebuilds every model that is related to the one it touched, and here nearly all
    are related: two hundred operations rebuilt twenty thousand models, which took three quarters of the time of a new
    database. Taken together, models are built once before and once after. A table is created as it is at the end;
    fields, constraints and indexes that the same step adds to it are part of that. Everything else runs in its order.

    Not for a step that changes one thing twice, nor for one that moves data between two changes of the same table.
    """

    def __init__(self, operations: Sequence[Operation]):
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # built anew when next asked for
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in self._needed():
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for operation in reversed(self._needed()):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def _needed(self) -> list[Operation]:
        """Without what a table created in this step has from the start."""
        created = {operation.name_lower for operation in self.operations if isinstance(operation, CreateModel)}
        return [operation for operation in self.operations if not _added_to(operation, created)]

    def describe(self) -> str:
        return f"{len(self.operations)} operations in one step"


def _added_to(operation: Operation, created: set[str]) -> bool:
    return isinstance(operation, AddField | AddConstraint | AddIndex) and operation.model_name.lower() in created
