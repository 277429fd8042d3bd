-- expected: (SQLSTATE 42601
CREATE TABLE stolen AS SELECT * FROM patients
