"""MkDocs finds its hook here; the code is the installed package's, wherever this workspace lies."""

from publish.hook import on_config, on_env, on_files, on_page_content

__all__ = ["on_config", "on_env", "on_files", "on_page_content"]
