-- expected: asks for a change, which its transaction does not allow
SELECT * FROM patients FOR UPDATE
