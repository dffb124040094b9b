#!/usr/bin/env python3
"""Duplicates beside Splink: the registers that `examples/duplicates` wrote, and FEBRL's, with the settings that Splink's
own guide recommends for such columns, written by hand for each style (dataward has none)."""

import sys
import time
from itertools import combinations
from pathlib import Path


def pairs_of(groups):
    return {tuple(sorted(pair)) for rows in groups for pair in combinations(rows, 2)}


def splink_pairs(frame, style):
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    if style == "office":
        comparisons = [
            cl.ForenameSurnameComparison("given_name", "surname"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True),
            cl.JaroWinklerAtThresholds("street", [0.9]),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("national_id", [1]),
        ]
        blocks = [("national_id",), ("date_of_birth", "surname"), ("date_of_birth", "given_name"),
                  ("surname", "given_name"), ("street", "postcode"), ("date_of_birth", "postcode")]
        train = [("date_of_birth",), ("surname", "given_name")]
    elif style == "shop":
        comparisons = [
            cl.ForenameSurnameComparison("first_name", "last_name"),
            cl.DateOfBirthComparison("birth_date", input_is_string=True),
            cl.EmailComparison("email"),
            cl.DamerauLevenshteinAtThresholds("phone", [1]),
            cl.JaroWinklerAtThresholds("street", [0.9]),
            cl.ExactMatch("zip").configure(term_frequency_adjustments=True),
        ]
        blocks = [("email",), ("phone",), ("birth_date", "last_name"), ("birth_date", "first_name"),
                  ("last_name", "first_name"), ("street", "zip")]
        train = [("email",), ("last_name", "first_name")]
    elif style.startswith("febrl"):
        # As in Splink's own demonstration on FEBRL 4, which tells day, month and year apart from text too.
        comparisons = [
            cl.ForenameSurnameComparison("given_name", "surname"),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address_1", [0.9]),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(term_frequency_adjustments=True),
        ]
        blocks = [("soc_sec_id",), ("given_name", "surname"), ("date_of_birth",), ("address_1", "street_number"),
                  ("address_1", "suburb"), ("surname", "postcode"), ("given_name", "postcode")]
        train = [("soc_sec_id",), ("given_name", "surname"), ("date_of_birth",)]
    else:
        comparisons = [
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("born"),
            cl.DamerauLevenshteinAtThresholds("phone", [1]),
            cl.JaroWinklerAtThresholds("street", [0.9]),
            cl.ExactMatch("town").configure(term_frequency_adjustments=True),
        ]
        blocks = [("phone",), ("born", "town"), ("name",), ("street", "town"), ("born",)]
        train = [("born",), ("name",)]
    rules = [block_on(*columns) for columns in blocks]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="row",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(frame), settings) if hasattr(api, "register") else Linker(frame, settings, db_api=api)
    linker.training.estimate_probability_two_random_records_match(rules[:2], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for columns in train:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    predictions = linker.inference.predict(threshold_match_probability=0.5)
    for threshold in [0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999999]:
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, threshold)
        groups = {}
        for row in clusters.as_record_list():
            groups.setdefault(row["cluster_id"], []).append(row["row"])
        yield threshold, pairs_of(groups.values())


def main(folder):
    import duckdb

    for file in sorted(Path(folder).glob("*.csv")):
        style = file.stem.split("-")[0]
        frame = duckdb.sql(
            f"SELECT row_number() OVER () - 1 AS row, * FROM read_csv('{file}', all_varchar = true)"
        ).arrow()
        if hasattr(frame, "read_all"):
            frame = frame.read_all()
        persons = {}
        for row, person in zip(frame["row"].to_pylist(), frame["person"].to_pylist()):
            persons.setdefault(person, []).append(row)
        truth = pairs_of(persons.values())
        start, clock = time.time(), time.process_time()
        scores = []
        for threshold, found in splink_pairs(frame.drop_columns(["person"]), style):
            right = len(found & truth)
            precision, recall = right / max(len(found), 1), right / max(len(truth), 1)
            f1 = 2 * precision * recall / max(precision + recall, 1e-9)
            scores.append((f1, precision, recall, threshold))
        f1, precision, recall, threshold = max(scores)
        print(
            f"Splink {file.stem:<16} {time.time() - start:6.1f} s ({time.process_time() - clock:.1f} s of processors)  "
            f"P {precision:.4f} R {recall:.4f} F1 {f1:.4f}  at the threshold best for it, {threshold}",
            flush=True,
        )


main(sys.argv[1])
