//! The state-first store on DynamoDB: cells, slots and shelves in one table.
