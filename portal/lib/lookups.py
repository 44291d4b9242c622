"""A lookup of our own for long lists of keys. Registered when the project starts (`portal/apps.py`)."""

from django.db.models import Field, ForeignObject, Lookup


@Field.register_lookup
@ForeignObject.register_lookup
class Among(Lookup):
    """`pk__among=keys` finds what `pk__in=keys` finds, for a list of numbers that may be ten thousand long: they travel
    as one array, where `in` makes, quotes and plans a parameter of each."""

    lookup_name = "among"

    def get_prep_lookup(self):
        """The keys as a list, whatever collection they came in; no record has one that a bigint does not hold."""
        return [key for key in self.rhs if -(2**63) <= key < 2**63]

    def as_sql(self, compiler, connection):
        """`column = ANY(array)`; nothing is among no keys."""
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, self.rhs]
