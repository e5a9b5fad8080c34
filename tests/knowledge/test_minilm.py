"""The built-in sentence encoder on onnxruntime."""

import numpy as np

from knowledge.minilm import DIMENSIONS, shared_minilm

ENCODER = shared_minilm(2, 32)


def test_vectors_have_unit_length() -> None:
    vectors = ENCODER.embed(["one", "two words", "", "long " * 2000])
    assert vectors.shape == (4, DIMENSIONS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_known_cosines_of_the_published_model() -> None:
    # From the model's own card and its reference implementation: related texts are near, others are not.
    a, b, c = ENCODER.embed(["That is a happy person", "That is a very happy person", "Today is a sunny day"])
    assert abs(float(a @ b) - 0.943) < 0.002
    assert abs(float(a @ c) - 0.257) < 0.002


def test_a_text_has_the_same_vector_in_any_company() -> None:
    alone = ENCODER.embed(["How do I pay?"])[0]
    together = ENCODER.embed(["How do I pay?", "word " * 150, "x"])[0]
    np.testing.assert_allclose(alone, together, atol=1e-5)


def test_no_texts_give_no_vectors() -> None:
    assert ENCODER.embed([]).shape == (0, DIMENSIONS)


def test_progress_counts_up_to_all_texts() -> None:
    seen: list[int] = []
    ENCODER.embed(["a"] * 70, seen.append)
    assert seen == [32, 64, 70]
