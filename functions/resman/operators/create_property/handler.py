"""By hand: set a property up, or change how it gives tours."""

from kernel.operator import operator_command
from resman import operators
from resman.property import Property
from resman.schemas import CreatePropertyResponse


@operator_command
def handler(property: Property) -> CreatePropertyResponse:
    return operators.create_property(property)
