"""Wire shapes only (Pydantic), one file per noun. No SQL, no HTTP, no rules about who sees what."""
