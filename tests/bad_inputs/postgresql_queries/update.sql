-- expected: (SQLSTATE 42601
UPDATE patients SET age = 1
