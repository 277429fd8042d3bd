-- expected: is not one SELECT as this server understands it (SQLSTATE 42601
SELECT * FROM patients; SELECT 1
