"""Which redactor a deployment uses."""

from medassist.answering.comprehend_medical import ComprehendMedicalRedactor
from medassist.answering.redaction import Redactor, RuleRedactor
from medassist.config import RULES, Settings


def make_redactor(settings: Settings) -> Redactor:
    """Return the redactor that the settings name."""
    return RuleRedactor() if settings.redaction == RULES else ComprehendMedicalRedactor()
