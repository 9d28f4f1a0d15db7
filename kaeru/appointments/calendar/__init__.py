"""カレンダー: who is where and when on one page, what no longer fits, and a calendar for each staff member's own telephone."""
