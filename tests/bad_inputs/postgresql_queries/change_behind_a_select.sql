-- expected: (SQLSTATE 42601
SELECT * FROM patients; DELETE FROM patients
