"""Personal data found by Presidio, the extra `pii`: phone numbers of any country and, with a spaCy model, names.

E-mail addresses stay with `tools.pii`: Presidio's recognizer of them downloads a list of domains.
"""

from collections.abc import Iterator

from tools.errors import ToolsError
from tools.pii import Detector, Found, Kind

_KINDS = {
    "CREDIT_CARD": Kind.CARD,
    "IBAN_CODE": Kind.IBAN,
    "PHONE_NUMBER": Kind.PHONE,
    "PERSON": Kind.NAME,
}


class PresidioMissing(ToolsError):
    """Presidio or its spaCy model is not installed; the message says how to get it."""


def detector(model: str = "") -> Detector:
    """A detector on the spaCy model of this name; on patterns alone where none is named. Raises PresidioMissing."""
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
    except ImportError as error:
        raise PresidioMissing(
            "DESKMATE_TOOLS_PII names Presidio, which is not installed. Install it: pip install 'deskmate[pii]'"
        ) from error
    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": model or "blank"}])
    try:
        engine.nlp = {"en": spacy.load(model) if model else spacy.blank("en")}
    except OSError as error:
        raise PresidioMissing(
            f"The spaCy model {model!r} is not installed. Install it: python -m spacy download {model}"
        ) from error
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(text: str) -> Iterator[Found]:
        for found in analyzer.analyze(text, language="en", entities=list(_KINDS)):
            yield Found(_KINDS[found.entity_type], found.start, found.end)

    return find
