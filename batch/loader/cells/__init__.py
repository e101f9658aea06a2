"""What single cells mean: statuses, regions, timezones, ids, and what programs write where there is nothing."""
