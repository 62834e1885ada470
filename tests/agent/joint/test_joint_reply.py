from agent.joint.attention_view import MediumAttention
from agent.joint.joint_reply import JointReply
from tools import Box, Boxes, Embedding
from tools.sdk.plan_types import Value

IMAGE, QUERY = Embedding((0.5, 0.25), "draw/sprites"), Embedding((1.0,), "classify/sprites")
ATTENTION = MediumAttention(0.5, Boxes((Box(0, 0, 50, 50, "dog", 0.5),)))


def test_a_reply_is_stored_by_name() -> None:
    reply = JointReply("two dogs", {"image": IMAGE}, QUERY, 9, 6, (ATTENTION,))

    assert reply.as_values()[:2] == [["text", "two dogs"], ["tokens_read", 9]]
    assert JointReply.from_values(reply.as_values()) == reply
    assert JointReply.from_values(JointReply("hi").as_values()) == JointReply("hi")


def test_a_reply_of_an_older_trace_is_still_read() -> None:
    values: list[Value] = [
        "two dogs", 9, 6, [QUERY], [[0.5, ATTENTION.objects]], "image", IMAGE
    ]  # fmt: skip

    assert JointReply.from_values(values) == JointReply(
        "two dogs", {"image": IMAGE}, QUERY, 9, 6, (ATTENTION,)
    )
    assert JointReply.from_values(["hi", 0, 0, [], []]) == JointReply("hi")
