-- expected: asks for a change to a table
INSERT INTO patients VALUES (9, 1, 'none', 'no') RETURNING age, pain, ill
