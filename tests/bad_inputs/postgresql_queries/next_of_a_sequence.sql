-- expected: asks for a change, which its transaction does not allow
SELECT nextval('visits') AS age FROM patients
