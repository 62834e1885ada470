import threading

import pytest

from tools import Box
from tools.errors import Cancelled
from tools.library.vision.segment import segment
from tools.sdk.call_context import CallContext, Progress, call_scope


@pytest.mark.real
def test_a_network_that_takes_seconds_ends_soon_after_a_stop(load_model, photo):
    model = load_model("segment/sam2-hiera-tiny")
    stop = threading.Event()
    timer = threading.Timer(0.05, stop.set)
    told: list[Progress] = []

    with call_scope(CallContext(told.append, stop)), pytest.raises(Cancelled):
        timer.start()
        segment(model, photo, Box(172, 18, 410, 282))

    # It was stopped while it looked at the picture, before it drew any outline.
    assert [progress.message for progress in told] == ["looking at the picture"]


@pytest.mark.real
def test_a_network_that_was_stopped_can_be_used_again(load_model):
    import numpy as np

    from tools import Audio

    model = load_model("find_speech/silero-vad-6")
    stop = threading.Event()
    stop.set()
    silence = Audio(np.zeros(16_000), 16_000)
    with call_scope(CallContext(stop=stop)), pytest.raises(Cancelled):
        model.speech_probabilities(silence)

    assert model.speech_probabilities(silence).max() < 0.5
