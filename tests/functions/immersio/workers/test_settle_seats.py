"""workers/settle_seats"""
