-- Tasks beside named entities: pairs of a sentence, labels of whole items.

-- What kind of thing head and tail are, where the source said; and the source's own name of this item, where several
-- items share a document.
ALTER TABLE item ADD COLUMN head_type TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN tail_type TEXT NOT NULL DEFAULT '';
ALTER TABLE item ADD COLUMN name TEXT NOT NULL DEFAULT '';

-- The label that says "none of these" and counts for no F1; null where there is none.
ALTER TABLE project ADD COLUMN negative TEXT;

DROP VIEW visible_item;
CREATE VIEW visible_item AS
SELECT item.id, item.document_id, item.role, item.head_start, item.head_end, item.tail_start, item.tail_end,
       item.head_type, item.tail_type, item.seq, document.text, document.tokens, document.words,
       COALESCE(NULLIF(item.name, ''), document.name) AS name, document.language, document.never_send
FROM item
JOIN document ON document.id = item.document_id
JOIN import_end ON import_end.import_id = document.import_id;

DROP VIEW labels;
CREATE VIEW labels AS
SELECT COALESCE(NULLIF(item.name, ''), document.name) AS name, document.text, annotation.kind, annotation.annotator,
       annotation.round, label_in_force.verdict, annotation.state, span.start, span."end",
       substr(document.text, span.start + 1, span."end" - span.start) AS surface,
       substr(document.text, item.head_start + 1, item.head_end - item.head_start) AS head,
       substr(document.text, item.tail_start + 1, item.tail_end - item.tail_start) AS tail,
       COALESCE(span.label, class_label.label) AS label
FROM label_in_force
JOIN annotation ON annotation.id = label_in_force.annotation_id
JOIN item ON item.id = label_in_force.item_id
JOIN document ON document.id = item.document_id
LEFT JOIN span ON span.annotation_id = annotation.id
LEFT JOIN class_label ON class_label.annotation_id = annotation.id;
