-- expected: names a table that is not there
SELECT * FROM patient
