"""The process manager of moderation: it joins reports to cases, and carries decisions out and reverses them."""
