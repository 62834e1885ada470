"""Top-down pose estimation in transformers: a person detector, then ViTPose."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Image, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.pose import Pose, PoseFinder

PERSON = "person"
DETECTOR = "detector"
"""Folder of the person detector in the card's files."""

JOINTS: tuple[tuple[int, ...], ...] = (
    (0,), (5, 6), (6,), (8,), (10,), (5,), (7,), (9,), (12,), (14,), (16,), (11,), (13,), (15,),
    (2,), (1,), (4,), (3,),
)  # fmt: skip
"""COCO keypoints whose mean is each joint of a Pose: the neck lies between the shoulders."""


class PoseEstimation(PoseFinder):
    """Pose estimator.

    Settings: `score`, the threshold for people (0.5); `visible`, the threshold for joints (0.3);
    `dataset`, the index of COCO in a network with several dataset experts.
    """

    def __init__(
        self, joint_network: Pretrained, person_detector: Pretrained, settings: Mapping[str, str]
    ) -> None:
        self.joint_network = joint_network
        self.person_detector = person_detector
        self.score = float(settings.get("score", "0.5"))
        self.visible = float(settings.get("visible", "0.3"))
        self.dataset = settings.get("dataset")

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        people = open_pretrained(
            "AutoModelForObjectDetection", "AutoImageProcessor", files, settings, device, DETECTOR
        )
        joints = open_pretrained(
            "VitPoseForPoseEstimation", "AutoImageProcessor", files, settings, device
        )
        return cls(joints, people, settings)

    def poses(self, image: Image) -> tuple[Pose, ...]:
        import torch

        progress(0, "looking for people")
        boxes = self._people(image)
        if not boxes:
            return ()
        progress(0.5, f"joints of {len(boxes)} people")
        loaded = self.joint_network
        prepared = loaded.to_device(
            loaded.processor(images=image.opaque(), boxes=[boxes], return_tensors="pt")
        )
        options: dict[str, Any] = {}
        if self.dataset is not None:
            options["dataset_index"] = torch.full((len(boxes),), int(self.dataset)).to(
                loaded.device
            )
        with torch.inference_mode():
            outputs = loaded.network(**prepared, **options)
        outputs.heatmaps = outputs.heatmaps.float()
        (people,) = loaded.processor.post_process_pose_estimation(outputs, boxes=[boxes])
        return tuple(self._pose(person) for person in people)

    def _people(self, image: Image) -> list[list[float]]:
        """Detect people, best first, as boxes of left, top, width and height."""
        import torch

        loaded = self.person_detector
        prepared = loaded.to_device(loaded.processor(images=image.opaque(), return_tensors="pt"))
        with torch.inference_mode():
            outputs = loaded.network(**prepared)
        (detections,) = loaded.processor.post_process_object_detection(
            outputs, threshold=self.score, target_sizes=[(image.height, image.width)]
        )
        names = loaded.network.config.id2label
        people = [
            (float(score), [left, top, right - left, bottom - top])
            for score, kind, (left, top, right, bottom) in zip(
                detections["scores"],
                detections["labels"].tolist(),
                detections["boxes"].tolist(),
                strict=True,
            )
            if names[kind] == PERSON
        ]
        return [box for _, box in sorted(people, key=lambda person: -person[0])]

    def _pose(self, person: Mapping[str, Any]) -> Pose:
        keypoints, scores = person["keypoints"].tolist(), person["scores"].tolist()
        joints: list[tuple[float, float] | None] = []
        for indices in JOINTS:
            if min(scores[index] for index in indices) < self.visible:
                joints.append(None)
                continue
            x, y = (
                sum(keypoints[part][axis] for part in indices) / len(indices) for axis in (0, 1)
            )
            joints.append((round(x, 1), round(y, 1)))
        return Pose(tuple(joints))
