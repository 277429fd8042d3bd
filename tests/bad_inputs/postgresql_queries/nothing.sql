-- expected: (SQLSTATE 42601

