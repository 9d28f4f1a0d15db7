"""発送の見守り: which parcels will be late, what that costs at the mall, and telling the buyers before they ask."""
