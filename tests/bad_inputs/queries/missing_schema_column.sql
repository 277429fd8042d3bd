-- expected: column 'pain': no such column in the query's result
SELECT age, ill FROM patients
