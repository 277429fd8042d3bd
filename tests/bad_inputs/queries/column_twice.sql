-- expected: column 'age': the header has this column twice
SELECT age, age, pain, ill FROM patients
