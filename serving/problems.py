"""Every error that the service answers with: RFC 9457 problems with stable codes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

MEDIA_TYPE: Final = "application/problem+json"


class Kind(NamedTuple):
    """What all problems of one code share: HTTP status, English title, a Chinese and an English
    sentence that tell what to do."""

    status: int
    title: str
    chinese: str
    english: str


KINDS: Final[Mapping[str, Kind]] = {
    "bad_request": Kind(400, "Bad request", "请求不符合 HTTP。", "The request is not valid HTTP."),
    "bad_parameter": Kind(
        400, "Bad parameter", "网址中的参数不对。", "A parameter in the address is wrong."
    ),
    "bad_body": Kind(
        400,
        "Bad body",
        "请求正文的结构不对：text、html、base64 三者必须且只能有一个。",
        "The body has the wrong shape: give exactly one of text, html and base64.",
    ),
    "bad_json": Kind(400, "Bad JSON", "请求正文不是有效的 JSON。", "The body is not valid JSON."),
    "bad_multipart": Kind(
        400, "Bad multipart body", "multipart 正文不完整或有误。", "The multipart body is damaged."
    ),
    "bad_gzip": Kind(
        400, "Bad gzip body", "gzip 正文不完整或有误。", "The gzip body is damaged or cut short."
    ),
    "unauthorized": Kind(
        401,
        "Unauthorized",
        "需要有效的密钥：Authorization: Bearer 密钥。",
        "A valid key is needed: Authorization: Bearer KEY.",
    ),
    "not_found": Kind(404, "Not found", "没有这个网址。", "There is nothing at this address."),
    "unknown_job": Kind(
        404,
        "Unknown job",
        "没有这个任务：可能已被删除或过期，也可能属于另一个密钥。",
        "There is no such job: it was removed, it expired, or it belongs to another key.",
    ),
    "method_not_allowed": Kind(
        405, "Method not allowed", "此网址不支持这种请求方法。", "The address has no such method."
    ),
    "no_training_requests": Kind(
        409,
        "Trainings cannot be asked for",
        "服务没有设置存放训练请求的文件夹（NIANBAO_STUDIO_REQUESTS）。",
        "The service has no folder for wishes of a training (NIANBAO_STUDIO_REQUESTS).",
    ),
    "request_timeout": Kind(
        408, "Request timeout", "正文没有在限定时间内传完。", "The body did not arrive in time."
    ),
    "no_results": Kind(
        409,
        "No results",
        "任务没有结果：尚未完成、失败或已取消。",
        "The job has no results: it has not ended, it failed, or it was cancelled.",
    ),
    "idempotency_key_in_use": Kind(
        409,
        "Idempotency-Key in use",
        "同一个 Idempotency-Key 的另一个请求还在进行。",
        "Another request with this Idempotency-Key is under way.",
    ),
    "body_too_large": Kind(
        413, "Body too large", "正文超过大小上限。", "The body is larger than the bound."
    ),
    "inflated_too_large": Kind(
        413,
        "Inflated body too large",
        "正文解压后超过大小上限。",
        "The body is larger than the bound once inflated.",
    ),
    "nesting_too_deep": Kind(
        413, "Nesting too deep", "JSON 嵌套过深。", "The JSON is nested too deeply."
    ),
    "input_too_large": Kind(
        413,
        "Document too large",
        "文档超过读取上限。",
        "The document is larger than the reader's bounds.",
    ),
    "unsupported_media_type": Kind(
        415,
        "Unsupported media type",
        "不支持这种 Content-Type：请用 multipart/form-data、application/json、text/html、"
        "text/plain、application/pdf 或 application/octet-stream。",
        "This Content-Type is not supported: use multipart/form-data, application/json, text/html, "
        "text/plain, application/pdf or application/octet-stream.",
    ),
    "unsupported_encoding": Kind(
        415,
        "Unsupported content encoding",
        "只支持 Content-Encoding: gzip。",
        "Only Content-Encoding: gzip is supported.",
    ),
    "misdirected": Kind(
        421,
        "Misdirected request",
        "没有密钥的服务只应答本机的名字（Host）；见 NIANBAO_HOSTS。",
        "The service without keys answers to names of this machine only (Host); see NIANBAO_HOSTS.",
    ),
    "idempotency_key_reused": Kind(
        422,
        "Idempotency-Key reused",
        "这个 Idempotency-Key 已用于内容不同的请求。",
        "This Idempotency-Key was used for a request with other content.",
    ),
    "unreadable_input": Kind(
        422,
        "Unreadable document",
        "无法读取这份文档。",
        "The document is no text, HTML or PDF that can be read.",
    ),
    "needs_ocr": Kind(
        422,
        "Document needs OCR",
        "这是扫描件或图片，没有文字层。",
        "The document holds pictures of text only; it has no text layer.",
    ),
    "unknown_path": Kind(
        422, "Unknown cell", "没有这个单元格。", "The report has no cell at this path."
    ),
    "unfit_label_config": Kind(
        422,
        "Labelling configuration does not fit",
        "Label Studio 项目的标注配置与模型的标签集不符。",
        "The labelling configuration of the project does not fit the model's labels.",
    ),
    "unfit_task": Kind(
        422,
        "Task without a text",
        "任务中没有可以标注的文本。",
        "A task has no text that can be labelled.",
    ),
    "timeout": Kind(
        422,
        "Document took too long",
        "处理这份文档超过了时间上限，已终止。",
        "The document took longer than its bound and was ended.",
    ),
    "out_of_memory": Kind(
        422,
        "Document took too much memory",
        "处理这份文档超过了内存上限，已终止。",
        "The document took more memory than its bound and was ended.",
    ),
    "crashed": Kind(
        422,
        "Document crashed its process",
        "处理这份文档的进程两次意外终止。",
        "The process that read the document ended unexpectedly, twice.",
    ),
    "rate_limited": Kind(
        429,
        "Too many documents",
        "此密钥的请求过于频繁，请稍后再试。",
        "This key has sent too many documents; try again later.",
    ),
    "too_many_requests": Kind(
        429,
        "Too many requests under way",
        "此密钥同时进行的请求过多，请稍后再试。",
        "This key has too many requests under way; try again later.",
    ),
    "too_many_jobs": Kind(
        429,
        "Too many jobs",
        "此密钥等待和进行中的任务过多，请稍后再试。",
        "This key has too many jobs that wait or run; try again later.",
    ),
    "job_crashed": Kind(
        500,
        "Job crashed",
        "处理这个任务的进程多次意外终止。",
        "The process that worked on the job ended unexpectedly, several times.",
    ),
    "internal_error": Kind(
        500,
        "Internal error",
        "服务内部错误，请把请求编号告诉开发者。",
        "A fault of the service; please report the request id.",
    ),
    "busy": Kind(503, "Busy", "服务繁忙，请稍后再试。", "The service is busy; try again later."),
    "jobs_full": Kind(
        503, "Too many jobs in all", "任务过多，请稍后再试。", "There are too many jobs; try later."
    ),
    "storage_full": Kind(
        503,
        "Storage full",
        "存放任务的空间已满，请稍后再试。",
        "The space for jobs is full; try again later.",
    ),
}

#: Problems that go away by themselves: they carry `Retry-After`.
RETRY: Final = frozenset(
    {"rate_limited", "too_many_requests", "too_many_jobs", "busy", "jobs_full", "storage_full"}
)


@dataclass(slots=True)
class Problem(Exception):
    """A problem of code `code`; `where` names the place in the request (`body:/text`,
    `query:include`, `header:Content-Type`, `line:3`)."""

    code: str
    detail: str = ""
    detail_en: str = ""
    where: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        return KINDS[self.code]

    def to_dict(self, request_id: str) -> dict[str, Any]:
        """Return the problem as RFC 9457 has it."""
        kind = self.kind
        return {
            "type": f"/problems/{self.code}",
            "title": kind.title,
            "status": kind.status,
            "detail": self.detail or kind.chinese,
            "detail_en": self.detail_en or kind.english,
            "code": self.code,
            "instance": request_id,
        } | ({} if self.where is None else {"where": self.where})

    def to_json(self, request_id: str) -> bytes:
        return json.dumps(self.to_dict(request_id), ensure_ascii=False).encode("utf-8", "replace")


def retry_later(code: str, seconds: float) -> Problem:
    """Return a problem that goes away in some `seconds`."""
    return Problem(code, headers={"Retry-After": str(max(1, round(seconds + 0.5)))})
