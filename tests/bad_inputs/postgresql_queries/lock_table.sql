-- expected: (SQLSTATE 42601
LOCK TABLE patients
