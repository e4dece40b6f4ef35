"""What browsers, crawlers and other programs ask every site for, at addresses that they know beforehand."""
