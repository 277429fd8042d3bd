-- expected: asks for a change to a table
DELETE FROM patients
