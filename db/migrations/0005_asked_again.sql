-- A rejection that was asked again is overtaken by what was asked for it alone: an answer of no round, as it reads now.
-- Later samples, retries and votes of the item's own round are none, and neither is one that fails when it is read again.
DROP VIEW overtaken;
CREATE VIEW overtaken AS
SELECT DISTINCT reask.decision_id
FROM reask
JOIN annotation AS asked ON asked.item_id = reask.item_id AND asked.seq > reask.seq
    AND asked.kind = 'llm' AND asked.round IS NULL AND asked.replaces IS NULL
JOIN annotation AS answer ON answer.item_id = asked.item_id AND answer.kind = 'llm' AND answer.round IS NULL
    AND answer.annotator = asked.annotator AND answer.request_key IS asked.request_key AND answer.sample = asked.sample
    AND answer.state <> 'failed'
    AND answer.id NOT IN (SELECT replaces FROM annotation WHERE replaces IS NOT NULL);
