"""Looking into networks."""

from rpn_zoo.inspect.summary import HeadSummary, summarize, summary

__all__ = ["HeadSummary", "summarize", "summary"]
