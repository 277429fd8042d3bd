-- expected: (SQLSTATE 42601
DO 'BEGIN DELETE FROM patients; END'
