"""How the demo cities put it: Chinese report texts and outcomes, made of parts; no person appears in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from city_brain.simulator.days import Draws, Ints
from city_brain.simulator.kinds import CHANNELS, kinds

OPENINGS: dict[str, tuple[str, ...]] = {
    "hotline": ("市民来电反映，", "来电人称，", "热线工单：", "居民反映，"),
    "app": ("市民上传照片：", "市民随手拍：", "小程序上报，", ""),
    "inspector": ("巡查发现，", "监督员上报：", "", "日常巡查时，"),
    "video": ("视频巡检发现，", "视频识别：", "探头画面显示，", "视频轮巡："),
    "sensor": ("监测设备告警，", "传感器报警：", "设备离线告警，", "监测值异常："),
    "superior": ("上级交办：", "督查通报，", "专项检查发现，", "领导批示件："),
}
TAILS = (
    "。", "。", "，影响通行。", "，请尽快处理。", "，已持续两天。", "，有安全隐患。", "，周边居民意见较大。", "，上周曾处理，现又出现。",
    "，面积不大。", "，望派人现场查看。", "，早晚更明显。", "，附近有学校。",
)  # fmt: skip
NOT_ACCEPTED = (
    "不属于受理范围，已向反映人说明。",
    "现场核实未发现所述情况，不予立案。",
    "与已有案件重复，不予立案。",
    "位置不明，联系不上反映人，不予立案。",
)


def reported_words(draws: Draws, channel: Ints, spot: pa.Array) -> pa.Array:
    """Text of each report: who noticed it, where, what, and a remark."""
    openings = pa.array([text for name in CHANNELS for text in OPENINGS[name]])
    width = len(OPENINGS[CHANNELS[0]])
    opening = openings.take(pa.array(channel * width + (draws.chance("opening") * width).astype(np.int64)))
    says = [text for kind in kinds().kinds for text in kind.says]
    counts = np.array([len(kind.says) for kind in kinds().kinds])
    first = np.cumsum(counts) - counts
    chosen = first[draws.kind] + (draws.chance("says") * counts[draws.kind]).astype(np.int64)
    tail = pa.array(TAILS).take(pa.array((draws.chance("tail") * len(TAILS)).astype(np.int64)))
    return pc.binary_join_element_wise(opening, spot, pa.array(says).take(pa.array(chosen)), tail, "")


def outcome_words(draws: Draws, rejected: npt.NDArray[np.bool_]) -> pa.Array:
    """What was done in the end, by theme; for cases not accepted, why not."""
    themes = kinds().themes
    texts = [text for theme in themes for text in theme.outcomes] + list(NOT_ACCEPTED)
    counts = np.array([len(theme.outcomes) for theme in themes] + [len(NOT_ACCEPTED)])
    first = np.cumsum(counts) - counts
    group = np.where(rejected, len(themes), kinds().theme_of[draws.kind])
    return pa.array(texts).take(pa.array(first[group] + (draws.chance("outcome") * counts[group]).astype(np.int64)))


def coded_words(draws: Draws, channel: Ints) -> dict[str, pa.Array]:
    """Columns that are codes: category_code and channel."""
    codes = pa.array([kind.category.code for kind in kinds().kinds])
    return {"category_code": codes.take(pa.array(draws.kind)), "channel": pa.array(CHANNELS).take(pa.array(channel))}
