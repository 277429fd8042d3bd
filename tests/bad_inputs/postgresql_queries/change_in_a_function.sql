-- expected: asks for a change, which its transaction does not allow
SELECT forget() AS age FROM patients
