"""The buyer in the street: telephones, uploads that go on where they broke off, and sealed pieces, done once each."""
