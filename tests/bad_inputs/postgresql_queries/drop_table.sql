-- expected: (SQLSTATE 42601
DROP TABLE patients
