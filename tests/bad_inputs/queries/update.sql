-- expected: asks for a change to a table
UPDATE patients SET age = 1
