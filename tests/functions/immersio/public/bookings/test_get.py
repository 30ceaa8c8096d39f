"""public/bookings/get"""
