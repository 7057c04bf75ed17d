"""What people get to see: tables, cards, figures, pages; and the verbs that put them together."""
